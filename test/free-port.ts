import { type AddressInfo, createServer } from 'node:net'

/** A port of loopback that nobody listened on a moment ago, for programs that must be told one. */
export const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
