import { type ErrorCategory, TofuOciError } from '../base/index.ts';

/** `doctor` found something that does not work; its report says what. The category is that of the gravest. */
export class ProblemsFoundError extends TofuOciError {
  readonly code = 'ERR_ACCESS_PROBLEMS';
  readonly category: ErrorCategory;
  readonly count: number;
  constructor(count: number, category: ErrorCategory) {
    super(count === 1 ? 'one problem was found' : `${count} problems were found`);
    this.count = count;
    this.category = category;
  }
}
