export { checkLogin, type LoginCheckOptions, type PasswordLogin } from './check-login.ts';
export { anonymousCredentials, type Credentials, type CredentialSource } from './credentials.ts';
export {
  AccessDeniedError,
  ArtifactTypeRefusedError,
  AuthenticationError,
  CatalogUnavailableError,
  DeleteRefusedError,
  InvalidAnswerError,
  RealmRefusedError,
  ReferrersTagError,
  type RegistryAnswer,
  RegistryResponseError,
} from './errors.ts';
export { knock } from './knock.ts';
export {
  observeHttp,
  type SeenChallenge,
  type SeenExchange,
  type SeenToken,
} from './observe-http.ts';
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from './registry-client.ts';
