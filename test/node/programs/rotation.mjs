// Calls with the JavaScript SDK's default credentials for as many seconds as the argument says; prints what it saw as JSON for the test to judge.
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const end = Date.now() + Number(process.argv[2]) * 1000
const sts = new STSClient({})
const keys = new Set()
const seen = { arn: '', calls: 0, sessions: 0, failures: [] }
while (Date.now() < end && seen.failures.length === 0) {
  try {
    seen.arn = (await sts.send(new GetCallerIdentityCommand({}))).Arn
    keys.add((await sts.config.credentials()).accessKeyId)
    seen.calls++
    await new Promise(resolve => setTimeout(resolve, 200))
  } catch (problem) {
    seen.failures.push(String(problem))
  }
}
console.log(JSON.stringify({ ...seen, sessions: keys.size }))
