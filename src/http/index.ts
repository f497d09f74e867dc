export { isLoopbackHost, isPrivateAddress, isPrivateHost } from './addresses.ts';
export { createHttpClient, type HttpClientOptions, isPlainHttpAllowed } from './client.ts';
export {
  type Connector,
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  type Reach,
} from './dispatcher.ts';
export {
  BodySizeError,
  ConnectionError,
  InvalidResponseError,
  PlainHttpRefusedError,
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
export type { Failure, RetryOptions, RetryPolicy } from './retry.ts';
export type { TimeLimits } from './time-limits.ts';
