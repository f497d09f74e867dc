export { anonymousCredentials, type Credentials, type CredentialSource } from './credentials.ts';
export {
  AccessDeniedError,
  ArtifactTypeRefusedError,
  AuthenticationError,
  InvalidAnswerError,
  RealmRefusedError,
  ReferrersTagError,
  type RegistryAnswer,
  RegistryResponseError,
} from './errors.ts';
export {
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from './registry-client.ts';
