import { Command } from 'commander'
import { examine, type Finding } from '../server/doctor.ts'
import { dataFolder } from './data-folder.ts'

const marks: { readonly [state in Finding['state']]: string } = { well: 'ok     ', doubtful: 'doubt  ', wrong: 'WRONG  ' }

/** `gatehouse doctor`: what is wrong with this installation, and what to do. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at the data folder and the running Gatehouse, and say what is wrong and what to do')
    .option('--data <folder>', 'the data folder (environment: GATEHOUSE_DATA)')
    .option('--json', 'findings as JSON')
    .action(async (options: { data?: string; json?: boolean }) => {
      const findings = await examine(dataFolder(options.data), Date.now())
      const wrong = findings.filter(({ state }) => state === 'wrong').length
      if (options.json) console.log(JSON.stringify({ findings }, undefined, 2))
      else {
        for (const { state, what, mend } of findings) console.log(`${marks[state]}${what}${mend === undefined ? '' : `\n       ${mend}`}`)
        const doubts = findings.filter(({ state }) => state === 'doubtful').length
        if (wrong > 0) console.log(`${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`)
        else console.log(doubts === 0 ? 'all is well' : `nothing is wrong, ${doubts} ${doubts === 1 ? 'thing is' : 'things are'} in doubt`)
      }
      if (wrong > 0) process.exitCode = 1
    })
}
