export { startServer } from './app.ts';
export {
  HtpasswdError,
  ListenAddressError,
  ListenError,
  PlainHttpError,
  TlsFolderError,
  TlsHostError,
  TlsMaterialError,
} from './errors.ts';
export type { AccessEvent, RunningServer, ServerOptions, TlsOptions } from './server-options.ts';
export type { TrustAdvice, TrustStep } from './tls/trust-advice.ts';
