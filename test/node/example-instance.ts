/** What a node's metadata tells of it, but for when it began. */
export const exampleInstance = {
  instanceId: 'i-0123456789abcdef0',
  accountId: '111122223333',
  region: 'eu-central-1',
  availabilityZone: 'eu-central-1a',
  instanceType: 't3.micro',
  imageId: 'ami-00000000000000000',
  privateIp: '10.0.0.7',
  hostname: 'node.example',
  macAddress: '02:00:00:00:00:01',
}
