import {
  type Diagnostic,
  type ErrorOptions,
  printable,
  quoted,
  TofuOciError,
} from '../base/index.ts';

/** A file that `docker_style_config_files` names and that can not be used; each of them must load. */
export class CredentialFileError extends TofuOciError {
  readonly code = 'ERR_CONFIG_CREDENTIAL_FILE';
  readonly category = 'usage';
  readonly path: string;
  constructor(path: string, why: string) {
    super(`failed to read Docker-style config files: ${path}: ${why}`, {
      hint: 'Correct docker_style_config_files in the oci_default_credentials block, or the file.',
    });
    this.path = path;
  }
}

/** A folder of certificates for one registry, as Docker and Podman keep them, that is not complete. */
export class RegistryCertificatesError extends TofuOciError {
  readonly code = 'ERR_CONFIG_REGISTRY_CERTIFICATES';
  readonly category = 'usage';
  readonly folder: string;
  constructor(folder: string, why: string) {
    super(`the certificates in ${folder} can not be used: ${why}`, {
      hint: 'It should hold ca.crt, and for a registry that knows its clients client.cert and client.key.',
    });
    this.folder = folder;
  }
}

/** Why a credential helper gave no answer that could be used. */
export type HelperFailure =
  | 'invalid-name'
  | 'invalid-request'
  | 'missing'
  | 'not-started'
  | 'failed'
  | 'timed-out'
  | 'too-much-output'
  | 'malformed';

/** A `docker-credential-NAME` program that was configured and did not do its work. Never holds a secret. */
export class CredentialHelperError extends TofuOciError {
  readonly code = 'ERR_CONFIG_CREDENTIAL_HELPER';
  readonly category = 'auth';
  readonly helper: string;
  readonly failure: HelperFailure;
  constructor(helper: string, failure: HelperFailure, why: string, options?: ErrorOptions) {
    super(`${quoted(printable(helper, 100))} credential helper failed: ${why}`, options);
    this.helper = helper;
    this.failure = failure;
  }
}

/** A `terraform-credentials-NAME` program that was configured and did not do its work. Never holds a secret. */
export class ServiceCredentialsError extends TofuOciError {
  readonly code = 'ERR_CONFIG_SERVICE_CREDENTIALS';
  readonly category = 'auth';
  /** Comparison form. */
  readonly host: string;
  constructor(host: string, why: string, options?: ErrorOptions) {
    super(`failed to get the token for ${host}: ${why}`, {
      hint: `Try it by hand, or set TF_TOKEN_${host.replaceAll('-', '__').replaceAll('.', '_').replace(/:.*$/u, '')}.`,
      ...options,
    });
    this.host = host;
  }
}

/** A template for which there is no `oci_mirror` block that OpenTofu would take. */
export class UnwritableBlockError extends TofuOciError {
  readonly code = 'ERR_CONFIG_UNWRITABLE_BLOCK';
  readonly category = 'usage';
  readonly template: string;
  constructor(template: string, why: string, options?: ErrorOptions) {
    super(`no oci_mirror block can be written for ${quoted(template)}: ${why}`, options);
    this.template = template;
  }
}

/** A file of credentials that can not be changed as it has to be. The message never holds what the file holds. */
export class CredentialStoreError extends TofuOciError {
  readonly code = 'ERR_CONFIG_CREDENTIAL_STORE';
  readonly category = 'usage';
  readonly path: string;
  constructor(path: string, why: string, options: ErrorOptions = {}) {
    super(`cannot change the credentials in ${path}: ${why}`, {
      hint: 'Correct the file, or move it out of the way; nothing in it was changed.',
      ...options,
    });
    this.path = path;
  }
}

/** What should be logged in to, or out of, is no registry and no path in one. */
export class InvalidRegistryError extends TofuOciError {
  readonly code = 'ERR_CONFIG_INVALID_REGISTRY';
  readonly category = 'usage';
  constructor(text: string, why: string) {
    super(`${quoted(printable(text, 200))} is not a registry: ${why}`, {
      hint: 'Write registry.example.com, registry.example.com:5000, or registry.example.com/path for the repositories below it.',
    });
  }
}

/** Nothing that could be stored for the registry would be read: the CLI configuration has decided otherwise. */
export class LoginNotReadError extends TofuOciError {
  readonly code = 'ERR_CONFIG_LOGIN_NOT_READ';
  readonly category = 'usage';
  constructor(target: string, why: string, hint: string) {
    super(`a login to ${target} would not be used: ${why}`, { hint });
  }
}

/** A mirror file says something that can not be done. */
export class InvalidMirrorFileError extends TofuOciError {
  readonly code = 'ERR_CONFIG_INVALID_MIRROR_FILE';
  readonly category = 'usage';
  readonly diagnostics: readonly Diagnostic[];
  constructor(file: string, diagnostics: readonly Diagnostic[]) {
    super(`${file} has errors`);
    this.diagnostics = diagnostics;
  }
}

/** The user's CLI configuration can not be written anew for the program that is to read it. */
export class UnwritableConfigError extends TofuOciError {
  readonly code = 'ERR_CONFIG_UNWRITABLE_CONFIG';
  readonly category = 'usage';
  constructor(name: string) {
    super(
      `the CLI configuration can not be written anew: HCL 1 has no spelling for what ${quoted(printable(name, 200))} holds`,
      { hint: 'Correct it in the CLI configuration: a "${" in a text needs its "}".' },
    );
  }
}
