import { conformance } from './conformance.ts';
import { readOnly } from './setups.ts';

conformance(readOnly);
