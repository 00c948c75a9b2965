import { Command } from 'commander'
import { callQuery, openClient, type XmlElement } from './client.ts'
import { dataFolder } from './data-folder.ts'

/** `gatehouse credentials`: what a profile's credential_process runs. */
export function credentialsCommand(): Command {
  return new Command('credentials')
    .description("print credentials for AWS clients' credential_process")
    .option('--data <folder>', 'the data folder of the running Gatehouse (environment: GATEHOUSE_DATA)')
    .option('--role-arn <arn>', 'of a session of this role instead of the administrator')
    .action(async (options: { data?: string; roleArn?: string }) => {
      const client = openClient(dataFolder(options.data))
      if (options.roleArn === undefined) {
        const { accessKeyId, secretAccessKey } = client.credentials
        print({ AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey })
        return
      }
      const { Credentials } = await callQuery(client, { name: 'sts', version: '2011-06-15' }, 'AssumeRole', {
        RoleArn: options.roleArn,
        RoleSessionName: 'gatehouse-credentials',
      })
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials as XmlElement
      print({ AccessKeyId, SecretAccessKey, SessionToken, Expiration })
    })
}

/** AWS SDKs and Tools Reference Guide, "Process credential provider". */
const print = (credentials: object) => console.log(JSON.stringify({ Version: 1, ...credentials }))
