export { isLoopbackHost, isPrivateAddress, isPrivateHost } from './addresses.ts';
export { createHttpClient, type HttpClientOptions, isPlainHttpAllowed } from './client.ts';
export {
  type Approach,
  type Connector,
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  type Reach,
} from './dispatcher.ts';
export {
  BodySizeError,
  ClientCertificateError,
  ConnectionError,
  InvalidResponseError,
  PlainHttpRefusedError,
  ProxyAddressError,
  ProxyError,
  RedirectRefusedError,
  type RedirectProblem,
  RetryAfterTooLongError,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
  type TlsProblem,
  UrlRefusedError,
} from './errors.ts';
export type {
  HttpClient,
  HttpHeaders,
  HttpMethod,
  HttpRequest,
  HttpResponse,
  HttpTraceEvent,
  StreamedBody,
} from './interfaces.ts';
export { asError, discard } from './response-body.ts';
export { type BodyRest, resumingBody, type ResumableBody } from './resuming-body.ts';
export type { Failure, RetryOptions, RetryPolicy } from './retry.ts';
export type { ProxySetting, ProxySettings } from './proxy-settings.ts';
export type { ClientIdentity, HostTls } from './secure-options.ts';
export type { TimeLimits } from './time-limits.ts';
