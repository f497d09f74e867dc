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

/** A program that keeps the tokens of registries and network mirrors: `terraform-credentials-NAME`. */
export interface CredentialsHelper {
  readonly name: string;
  /** Come before the verb. */
  readonly args: readonly string[];
}

/** How registries and network mirrors are asked; what is undefined was not set. */
export interface RegistryProtocols {
  /** Tries after the first, for each document of a registry. */
  readonly retries?: number | undefined;
  /** For one document, and for service discovery. */
  readonly requestTimeoutMs?: number | undefined;
}

/** The CLI configuration, all files together. */
export interface CliConfig {
  /** Undefined when no file has a `provider_installation` block; the first one when there are more. */
  readonly providerInstallation: ProviderInstallation | undefined;
  /** In the order of the files. */
  readonly ociCredentials: readonly OciCredentialsBlock[];
  readonly ociDefaultCredentials: OciDefaultCredentials | undefined;
  /** The `host` blocks by host in comparison form: services that are not asked for. */
  readonly hosts: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /**
   * The `credentials` blocks by host in comparison form; undefined for one without a token. These are secrets:
   * never print them.
   */
  readonly serviceTokens: ReadonlyMap<string, string | undefined>;
  readonly credentialsHelper: CredentialsHelper | undefined;
  /** The environment is in it, too. */
  readonly registryProtocols: RegistryProtocols;
  /** `TF_PROVIDER_DOWNLOAD_RETRY`: tries after the first, for each package; undefined when not set. */
  readonly downloadRetries: number | undefined;
  readonly pluginCacheDir: string | undefined;
  readonly pluginCacheMayBreakLockFile: boolean;
}
