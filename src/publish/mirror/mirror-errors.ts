import { TofuOciError } from '../../base/index.ts';

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

/** A document in a folder that is mirrored into can not be used. */
export class MirrorFolderError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_MIRROR_FOLDER';
  readonly category = 'integrity';
  readonly path: string;
  constructor(path: string, why: string, cause?: unknown) {
    super(`${path} is no document of a provider mirror: ${why}`, {
      cause,
      hint: 'Remove the file: it is made again from the packages beside it.',
    });
    this.path = path;
  }
}
