/** Where an instance's metadata is: the address of IPv4, and that of IPv6, which is off unless an instance asks for it. EC2 User Guide, "Access instance metadata". */
export const metadataAddresses: readonly string[] = ['169.254.169.254', 'fd00:ec2::254']
