import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { passResult } from '../../../test/fakes/tinker/wire-results.ts';
import { type Listening, listen } from '../throughput/listen.ts';
import { countDatums } from './count-datums.ts';

export interface NullEngineOptions {
  /** Of each datum: so many log-probabilities are answered for it. */
  readonly positions: number;
  /** Shown each training pass as it came. */
  readonly onPass?: (body: Buffer, mediaType: string) => void;
}

interface PassAnswers {
  readonly json: Buffer;
  readonly protobuf: Uint8Array;
}

const logprob = -0.5;
const passPrefix = 'pass-';

/**
 * Just enough of an engine to be sent training passes: it takes in what comes, trains nothing, and answers at once with results
 * that were made before. What it costs is reading and writing bytes.
 */
export function startNullEngine({ positions, onPass }: NullEngineOptions): Promise<Listening> {
  const answers = new Map<number, PassAnswers>();

  function answersFor(datums: number): PassAnswers {
    const known = answers.get(datums);
    if (known !== undefined) return known;
    const row = new Float64Array(positions).fill(logprob);
    const logprobs = Array.from({ length: datums }, () => row);
    const result = passResult({ logprobs, losses: [], total: 0 }, 'TensorData', { 'loss:sum': 0 }, false);
    const made = {
      json: Buffer.from(JSON.stringify(result.json)),
      protobuf: result.protobuf?.() ?? new Uint8Array(),
    };
    answers.set(datums, made);
    return made;
  }

  function sendResult(requestId: string, accept: string, response: ServerResponse): void {
    if (!requestId.startsWith(passPrefix)) {
      sendJson({ model_id: requestId }, response);
      return;
    }
    const { json, protobuf } = answersFor(Number(requestId.slice(passPrefix.length)));
    if (accept.includes('protobuf')) send(protobuf, 'application/x-protobuf', response);
    else send(json, 'application/json', response);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { accept = '', 'content-type': mediaType = '' } = request.headers;
    switch (request.url?.slice('/api/v1/'.length)) {
      case 'forward_backward': {
        onPass?.(body, mediaType);
        const datums = countDatums(body, mediaType);
        sendJson({ request_id: `${passPrefix}${datums}` }, response);
        return;
      }
      case 'retrieve_future':
        sendResult(String(JSON.parse(body.toString()).request_id), accept, response);
        return;
      case 'create_session':
        sendJson({ session_id: 'session' }, response);
        return;
      case 'create_model':
        sendJson({ request_id: 'model' }, response);
        return;
      default:
        sendJson({}, response);
    }
  }

  return listen((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}

function send(body: Uint8Array, mediaType: string, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': mediaType, 'content-length': body.length });
  response.end(body);
}

function sendJson(value: unknown, response: ServerResponse): void {
  send(Buffer.from(JSON.stringify(value)), 'application/json', response);
}
