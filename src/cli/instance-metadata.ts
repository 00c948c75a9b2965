import { Command } from 'commander'
import { numberOf, untilStopped } from './agent.ts'
import { openClient } from './client.ts'
import { metadataOfEc2Instance } from './instance.ts'
import { printReady, readyJson } from './result.ts'

interface InstanceMetadataOptions {
  readonly instance: string
  readonly bind: string
  readonly port: string
  readonly data?: string
  readonly json?: boolean
}

/** `gatehouse instance-metadata`: the metadata service of an instance for all of a machine's processes and containers, until it is told to stop. */
export function instanceMetadataCommand(): Command {
  return new Command('instance-metadata')
    .description("serve an instance's metadata to the processes of this machine and its containers, as EC2 does at 169.254.169.254")
    .requiredOption('--instance <id>', 'instance of EC2: its profile, metadata options and tags are followed')
    .option('--bind <address>', 'address to listen on: link-local as on EC2, or another of this machine', '169.254.169.254')
    .option('--port <number>', 'port', '80')
    .option('--data <folder>', 'the data folder of the running Gatehouse, instead of AWS_ENDPOINT_URL and keys in the environment')
    .option(...readyJson)
    .action(serve)
}

async function serve({ instance, bind, port, data, json = false }: InstanceMetadataOptions): Promise<void> {
  const metadata = await metadataOfEc2Instance(openClient(data), instance, { host: bind, port: numberOf('--port', port, 65_535) })
  const { endpoint } = metadata
  printReady({ json }, { instance, endpoint }, `The metadata of ${instance} is ready: ${endpoint}`)
  await untilStopped()
  await metadata.close()
}
