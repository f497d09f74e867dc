import { categoryOf } from '../../base/index.ts';
import type { Answer } from '../answers/index.ts';
import { gatewayError } from './answers.ts';

/**
 * What a client is told of a failure. Of the place behind the gateway it learns nothing: names and reasons stand in
 * the log.
 */
export function answerForFailure(error: unknown): Answer {
  switch (categoryOf(error)) {
    case 'not-found':
      return gatewayError(404, 'it is not in the repository any more');
    case 'integrity':
    case 'trust':
      return gatewayError(
        502,
        'what the registry behind this gateway sent is not what it should be',
      );
    case 'auth':
    case 'remote':
    case 'unsupported':
      return gatewayError(502, 'the registry behind this gateway can not be asked now', {
        'Retry-After': '5',
      });
    default:
      return gatewayError(500, 'the server failed; its log says why');
  }
}
