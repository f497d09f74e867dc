import { conformance } from './conformance.ts';
import { tls } from './setups.ts';

conformance(tls);
