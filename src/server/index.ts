export { startServer } from './app.ts';
export {
  FolderInUseError,
  HtpasswdError,
  ListenAddressError,
  ListenError,
  PlainHttpError,
  RightsError,
  ServedFolderError,
  TlsFolderError,
  TlsHostError,
  TlsMaterialError,
  TokenKeyError,
  TokenSettingsError,
} from './errors.ts';
export { createFolderShelf, type FolderShelfOptions } from './folder-shelf.ts';
export { type LogFile, type LogFileOptions, openLogFile } from './log-file.ts';
export type {
  AccessEvent,
  GatewaySettings,
  RunningServer,
  ServerNotice,
  ServerOptions,
  TlsOptions,
} from './server-options.ts';
export type { TrustAdvice, TrustStep } from './tls/trust-advice.ts';
