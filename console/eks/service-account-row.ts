export interface ServiceAccountRow {
  readonly name: string
  readonly namespace: string
  readonly roleArn: string
  readonly audience: string
  readonly way: 'IRSA' | 'Pod Identity' | ''
  /** Of Pod Identity. */
  readonly associationId?: string
}
