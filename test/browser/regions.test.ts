import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, expectAccessible } from './console-browser.ts'
import { type ConsoleHouse, openConsoleHouse } from './console-house.ts'

/** CloudTrail User Guide, "Global service events": those of IAM and STS are in us-east-1, and in no other region's history. */
describe.skipIf(!chromiumPath)('a console of another region than us-east-1', () => {
  let house: ConsoleHouse

  beforeAll(async () => {
    house = await openConsoleHouse({ GATEHOUSE_REGION: 'eu-west-1' })
    await house.createPerson('carol', ['AdministratorAccess'])
  })
  afterAll(() => house?.close())

  test('shows both histories, and a session’s calls of both', async () => {
    const visitor = await house.signedIn('carol', '/cloudtrail/events?attribute=EventName&value=CreateUser&hours=24')
    const { page } = visitor
    await page.getByText('No events').waitFor()
    await page.getByText('Those of IAM, STS and other global services are in us-east-1.').waitFor()
    await page.getByRole('button', { name: 'Region eu-west-1' }).click()
    await page.getByRole('option', { name: /us-east-1/ }).click()
    await page.getByRole('link', { name: 'CreateUser' }).waitFor()
    await expectAccessible(visitor)
    await page.getByRole('button', { name: 'Copy as AWS CLI' }).click()
    await page.getByText(/^aws cloudtrail lookup-events .*--region us-east-1$/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'CreateUser' }).click()
    await page.getByRole('heading', { name: 'CreateUser', level: 1 }).waitFor()

    await visitor.open('/iam/groups')
    await visitor.open('/eks/clusters')
    await visitor.open('/cloudtrail/sessions')
    await page.getByRole('button', { name: 'Show this session' }).click()
    await page.getByRole('link', { name: 'ListGroups' }).first().waitFor()
    await page.getByRole('link', { name: 'ListClusters' }).first().waitFor()
    expect(visitor.complaints).toEqual([])
  })
})
