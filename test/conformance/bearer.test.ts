import { bearerCases } from './bearer-cases.ts';
import { bearerSetup } from './bearer-setup.ts';
import { conformance } from './conformance.ts';

const { setup, tokens } = bearerSetup('ES256');
conformance(setup, bearerCases(tokens));
