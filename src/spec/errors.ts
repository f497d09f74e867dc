import { printable, TofuOciError } from '../base/index.ts';

/** A text that should be a content digest is none. */
export class InvalidDigestError extends TofuOciError {
  readonly code = 'ERR_SPEC_INVALID_DIGEST';
  readonly category = 'integrity';
  readonly text: string;
  constructor(text: string) {
    super(`invalid digest "${printable(text, 200)}"`);
    this.text = text;
  }
}
