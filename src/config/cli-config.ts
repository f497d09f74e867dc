import type { ProviderAddress, ProviderPattern, RepositoryTemplate } from '../domain/index.ts';

/** Which providers an installation method is for. Exclusion beats inclusion. */
export interface MethodScope {
  /** Empty means every provider. */
  readonly include: readonly ProviderPattern[];
  readonly exclude: readonly ProviderPattern[];
}

export type InstallationMethod = MethodScope &
  (
    | { readonly kind: 'direct'; readonly downloadRetries: number | undefined }
    /** The path is as it was written: relative to the working folder, `~` means nothing. */
    | { readonly kind: 'filesystem_mirror'; readonly path: string }
    | {
        readonly kind: 'network_mirror';
        /** https, with a host. */
        readonly url: string;
        readonly downloadRetries: number | undefined;
        readonly trustAllHashes: boolean;
      }
    | {
        readonly kind: 'oci_mirror';
        readonly template: RepositoryTemplate;
        /** Our own argument; OpenTofu ignores it here. */
        readonly trustAllHashes: boolean;
      }
  );

export interface DevOverride {
  readonly provider: ProviderAddress;
  /** Without `.` and `..` segments; relative to the working folder. */
  readonly directory: string;
}

export interface ProviderInstallation {
  /** In the order of the file, which is the order in which packages are looked for. */
  readonly methods: readonly InstallationMethod[];
  readonly devOverrides: readonly DevOverride[];
}

/** How one `oci_credentials` block authenticates. These hold secrets: never print them. */
export type OciCredentialsStyle =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly accessToken: string; readonly refreshToken: string }
  | { readonly kind: 'helper'; readonly helper: string };

/** One `oci_credentials` block. */
export interface OciCredentialsBlock {
  /** As it was written. */
  readonly label: string;
  readonly registry: string;
  /** Leading segments of the repositories it is for; empty for the whole registry. */
  readonly path: string;
  readonly credentials: OciCredentialsStyle;
}

export interface OciDefaultCredentials {
  readonly discoverAmbient: boolean;
  /** Undefined: the ambient places; a list, also an empty one, replaces them. Absolute paths. */
  readonly dockerStyleFiles: readonly string[] | undefined;
  readonly helper: string | undefined;
}

/** The CLI configuration, all files together. */
export interface CliConfig {
  /** Undefined when no file has a `provider_installation` block; the first one when there are more. */
  readonly providerInstallation: ProviderInstallation | undefined;
  /** In the order of the files. */
  readonly ociCredentials: readonly OciCredentialsBlock[];
  readonly ociDefaultCredentials: OciDefaultCredentials | undefined;
  readonly pluginCacheDir: string | undefined;
  readonly pluginCacheMayBreakLockFile: boolean;
}
