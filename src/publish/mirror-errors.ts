import { TofuOciError } from '../base/index.ts';

/** A filesystem mirror has the package as a folder, and not as its zip. */
export class UnpackedPackageError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UNPACKED';
  readonly category = 'unsupported';
  readonly path: string;
  constructor(what: string, path: string) {
    super(`${what} is unpacked, in ${path}, and its zip is not there`, {
      hint: 'What was signed is the zip, and it can not be made again from a folder. Use a mirror that "tofu providers mirror" wrote, or take the package from its registry.',
    });
    this.path = path;
  }
}
