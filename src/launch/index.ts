export { CommandNotStartedError, HostServicesError } from './errors.ts';
export type { LaunchHost } from './host-services.ts';
export { launch, type LaunchOptions, type LaunchRequest } from './launch.ts';
export type { SignalSource } from './run-child.ts';
