// A program as people write them: no endpoint, no credentials, no region in the code. Prints who it is, or the error's name.
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}))
let users
try {
  users = (await new IAMClient({}).send(new ListUsersCommand({}))).Users.map(({ UserName }) => UserName)
} catch (problem) {
  users = problem.name
}
console.log(JSON.stringify({ Arn, users }))
