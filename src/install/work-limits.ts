import pLimit from 'p-limit';

/** Providers that are asked about side by side: mostly it is waited for answers. Registries take so many well. */
const maxUnderWay = 20;
/** Whole packages that are unpacked or hashed side by side: each takes up to 10 MB of memory and most of a core. */
const maxPackages = 4;
/** Up to here a package costs hardly more than an answer. */
const smallBytes = 512 * 1024;

/** How much of the work on many providers is done side by side. */
export interface WorkLimits {
  /** All that is done for one provider. */
  provider<T>(this: void, task: () => Promise<T>): Promise<T>;
  /**
   * The part of it that goes through a whole package.
   * @param size bytes of the package, where they are known
   */
  wholePackage<T>(this: void, size: number | undefined, task: () => Promise<T>): Promise<T>;
}

/** @param packages large packages at once; default 4 */
export function createWorkLimits(packages = maxPackages): WorkLimits {
  const underWay = pLimit(Math.max(maxUnderWay, packages));
  const large = pLimit(packages);
  return {
    provider: (task) => underWay(task),
    wholePackage: (size, task) => (size !== undefined && size <= smallBytes ? task() : large(task)),
  };
}
