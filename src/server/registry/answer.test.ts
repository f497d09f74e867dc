import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { send } from '../../../test/support/http-request.ts';
import { sendAnswer } from './answer.ts';

async function answering(body: string, length: number): Promise<string> {
  const answer = { status: 200, headers: { 'Content-Length': String(length) } };
  const server = createServer((request, response) => {
    void sendAnswer(request, response, { ...answer, body: Readable.from([Buffer.from(body)]) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : '')}`;
}

describe('an answer with a stream as its body', () => {
  it('is sent when it is as long as its header says', async () => {
    const url = await answering('hello', 5);
    expect((await send('GET', url, '/')).body.toString()).toBe('hello');
  });

  it.each([
    ['shorter', 'hell'],
    ['longer', 'hello, this is not the next answer'],
  ])('ends the connection when it turns out to be %s than its header says', async (_, body) => {
    const url = await answering(body, 5);
    await expect(send('GET', url, '/')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});
