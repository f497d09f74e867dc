export type { Check, CheckStatus, Topic } from './doctor/check.ts';
export type { ProviderTypes } from './doctor/check-writing.ts';
export {
  doctor,
  type DoctorPowers,
  type DoctorRequest,
  type DoctorSummary,
} from './doctor/doctor.ts';
export { ProblemsFoundError } from './errors.ts';
export { login, type LoginChecker, type LoginPowers, type LoginSummary } from './login.ts';
export { logout, type LogoutPowers, type LogoutSummary } from './logout.ts';
export type { RegistryPower, SeenChallenge, SeenExchange, SeenToken } from './registry-power.ts';
