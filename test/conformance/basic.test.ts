import { conformance } from './conformance.ts';
import { basicCases } from './login-cases.ts';
import { basic } from './setups.ts';

conformance(basic, basicCases);
