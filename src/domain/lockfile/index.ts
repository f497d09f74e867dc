export { formatLockFile } from './format-lock-file.ts';
export { emptyLockFile, type LockFile, type ProviderLock, sameLocks } from './lock-file.ts';
export { type ParsedLockFile, parseLockFile } from './parse-lock-file.ts';
export { type PredecessorUpgrade, upgradeFromPredecessor } from './predecessor.ts';
