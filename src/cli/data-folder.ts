import { dataFolderOf } from '../server/read-configuration.ts'

/** The data folder that a command means: its flag, else as `gatehouse start` would choose it. */
export const dataFolder = (flag: string | undefined): string => dataFolderOf(flag, process.env)
