/** Why a token is refused. For the log: the client learns only that it is. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}
