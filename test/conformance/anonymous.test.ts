import { conformance } from './conformance.ts';
import { anonymous } from './setups.ts';

conformance(anonymous);
