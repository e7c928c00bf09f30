import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { ApiRefusal, type FieldErrors } from './api-refusal.ts';
import type { Uploads } from './uploads.ts';

const specPath = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'shared',
  'data',
  'specs',
  'discord-openapi.json',
);

const schema = z.record(z.string(), z.unknown());
const parameter = z.object({ name: z.string(), in: z.enum(['path', 'query']), schema });
const operation = z.object({
  operationId: z.string(),
  parameters: z.array(parameter).optional(),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema })), required: z.boolean().optional() })
    .optional(),
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema })).optional() }),
  ),
});
const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
const pathItem = z.object({
  parameters: z.array(parameter).optional(),
  get: operation.optional(),
  post: operation.optional(),
  put: operation.optional(),
  patch: operation.optional(),
  delete: operation.optional(),
});
const document = z.object({
  paths: z.record(z.string(), pathItem),
  components: z.object({ schemas: schema }),
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schemas as they are, and closed: a field that they do not name is a fault. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (!isRecord(value)) return value;
  const made = Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, closed(inside)]));
  const isOpen =
    isRecord(value['properties']) && value['type'] === 'object' && !('additionalProperties' in value);
  return isOpen ? { ...made, additionalProperties: false } : made;
}

interface CompiledOperation {
  readonly id: string;
  readonly pattern: RegExp;
  readonly method: string;
  readonly parameters: z.infer<typeof parameter>[];
  readonly body: Record<string, unknown> | undefined;
  readonly takesFiles: boolean;
  readonly isBodyRequired: boolean;
  readonly answer: Record<string, unknown> | undefined;
}

const formats: Readonly<Record<string, true | ((text: string) => boolean)>> = {
  snowflake: true,
  nonce: true,
  'date-time': (text) => !Number.isNaN(Date.parse(text)),
  uri: (text) => URL.canParse(text),
  int32: true,
  int64: true,
  double: true,
};

export interface ApiRequest {
  readonly method: string;
  /** Without `/api/v10` and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Files beside the body. */
  readonly files?: Uploads;
}

export interface ApiDescription {
  /** The name of the operation, `create_message`; nothing where there is none. */
  operationOf(method: string, path: string): string | undefined;
  /** What is wrong with an answer of 200. More may stand in it than the description knows. */
  answerProblems(operation: string, answer: unknown): readonly string[];
  /** Throws the refusal of a request that does not fit. */
  check(request: ApiRequest): void;
}

const codeOf: Readonly<Record<string, string>> = {
  required: 'BASE_TYPE_REQUIRED',
  maxLength: 'BASE_TYPE_MAX_LENGTH',
  minLength: 'BASE_TYPE_MIN_LENGTH',
  maxItems: 'BASE_TYPE_BAD_LENGTH',
  minItems: 'BASE_TYPE_BAD_LENGTH',
  maximum: 'NUMBER_TYPE_MAX',
  minimum: 'NUMBER_TYPE_MIN',
  enum: 'BASE_TYPE_CHOICES',
};

function refusalOf(errors: readonly ErrorObject[]): ApiRefusal {
  const tree: Record<string, unknown> = {};
  for (const error of errors) {
    const missing = error.keyword === 'required' ? `/${String(error.params['missingProperty'])}` : '';
    const extra =
      error.keyword === 'additionalProperties' ? ` (${String(error.params['additionalProperty'])})` : '';
    let at = tree;
    for (const part of `${error.instancePath}${missing}`.split('/').slice(1)) {
      const inside = at[part];
      const next = isRecord(inside) ? inside : {};
      at[part] = next;
      at = next;
    }
    const told: readonly unknown[] = Array.isArray(at['_errors']) ? at['_errors'] : [];
    const reason = {
      code: codeOf[error.keyword] ?? 'BASE_TYPE_INVALID',
      message: `${error.message ?? ''}${extra}`,
    };
    // Every branch of a union says what it misses.
    if (!told.some((one) => JSON.stringify(one) === JSON.stringify(reason)))
      at['_errors'] = [...told, reason];
  }
  return new ApiRefusal(400, 50035, 'Invalid Form Body', {
    extra: {
      errors: asErrors(tree),
      problems: errors.map((error) => `${error.instancePath} ${error.message}`),
    },
    isViolation: true,
  });
}

const asErrors = (tree: Record<string, unknown>): FieldErrors => JSON.parse(JSON.stringify(tree));

function load(): ApiDescription | undefined {
  if (!existsSync(specPath)) return undefined;
  const spec = document.parse(JSON.parse(readFileSync(specPath, 'utf8')));
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { ...formats } });
  ajv.addSchema({ $id: 'discord', components: { schemas: closed(spec.components.schemas) } });

  const operations: CompiledOperation[] = Object.entries(spec.paths)
    // Names before parameters: `@me` is no `{user_id}`.
    .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
    .flatMap(([path, item]) =>
      methods.flatMap((method) => {
        const described = item[method];
        if (described === undefined) return [];
        const names = path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
        return [
          {
            id: described.operationId,
            method: method.toUpperCase(),
            pattern: new RegExp(`^${names}$`),
            parameters: [...(item.parameters ?? []), ...(described.parameters ?? [])],
            body: described.requestBody?.content['application/json']?.schema,
            takesFiles: described.requestBody?.content['multipart/form-data'] !== undefined,
            isBodyRequired: described.requestBody?.required ?? false,
            answer: described.responses['200']?.content?.['application/json']?.schema,
          },
        ];
      }),
    );
  const find = (method: string, path: string): CompiledOperation | undefined =>
    operations.find((candidate) => candidate.method === method && candidate.pattern.test(path));

  let open: Ajv2020 | undefined;
  const validators = new Map<string, ValidateFunction>();
  function validatorOf(key: string, given: Record<string, unknown>): ValidateFunction {
    const existing = validators.get(key);
    if (existing !== undefined) return existing;
    const text = JSON.stringify(closed(given)).replaceAll('"#/components', '"discord#/components');
    const made = ajv.compile(JSON.parse(text));
    validators.set(key, made);
    return made;
  }

  function checkParameters(found: CompiledOperation, { path, query }: ApiRequest): void {
    const inPath = found.pattern.exec(path)?.groups ?? {};
    const known = new Set(found.parameters.filter((one) => one.in === 'query').map((one) => one.name));
    for (const name of query.keys()) {
      if (!known.has(name)) throw invalid(name, 'is no parameter of this request');
    }
    for (const one of found.parameters) {
      const text = one.in === 'path' ? decodeURIComponent(inPath[one.name] ?? '') : query.get(one.name);
      if (text === null) continue;
      const valid = validatorOf(`${found.id}?${one.name}`, one.schema);
      if (!readings(text).some((reading) => valid(reading))) throw invalid(one.name, 'does not fit');
    }
  }

  const invalid = (path: string, message: string): ApiRefusal =>
    refusalOf([{ instancePath: `/${path}`, message, keyword: 'query', schemaPath: '', params: {} }]);

  return {
    operationOf: (method, path) => find(method, path)?.id,
    answerProblems(id, answer) {
      const found = operations.find((candidate) => candidate.id === id);
      if (found?.answer === undefined) return [`${id} has no answer`];
      open ??= new Ajv2020({ strict: false, formats: { ...formats } }).addSchema({
        $id: 'discord',
        components: spec.components,
      });
      const text = JSON.stringify(found.answer).replaceAll('"#/components', '"discord#/components');
      const validate = open.compile(JSON.parse(text));
      return validate(answer)
        ? []
        : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    },
    check(request) {
      const found = find(request.method, request.path);
      if (found === undefined) return;
      checkParameters(found, request);
      if ((request.files?.size ?? 0) > 0 && !found.takesFiles) throw invalid('files', 'are not taken here');
      if (found.body === undefined) {
        if (request.body !== undefined) throw invalid('', 'takes no body');
        return;
      }
      if (request.body === undefined) {
        if (found.isBodyRequired) throw invalid('', 'a body is required');
        return;
      }
      const validate = validatorOf(found.id, found.body);
      if (!validate(request.body)) throw refusalOf(validate.errors ?? []);
    },
  };
}

/** What a word of the query may stand for. */
const readings = (text: string): readonly unknown[] => [
  text,
  ...(/^-?\d+$/.test(text) ? [Number(text)] : []),
  ...(text === 'true' || text === 'false' ? [text === 'true'] : []),
];

/** Discord's own description of its API, where it lies beside the project. Read once. */
export const apiDescription: ApiDescription | undefined = load();
