import { type ErrorOptions, printable, quoted, TofuOciError } from '../base/index.ts';

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
