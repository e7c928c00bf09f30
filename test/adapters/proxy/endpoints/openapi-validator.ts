import { Ajv2020 } from 'ajv/dist/2020.js';
import { openApiDocument } from '../../../../adapters/proxy/endpoints/openapi-document.ts';

export const document = openApiDocument('0.0.0');

/** Words of OpenAPI and of JSON Schema that say nothing of what is valid. */
const annotations = [
  'components',
  'openapi',
  'info',
  'paths',
  'servers',
  'security',
  'tags',
  'jsonSchemaDialect',
];

/** In strict mode, so that a word that is none is an error. */
export function createValidator(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true, allErrors: true });
  ajv.addVocabulary(annotations);
  ajv.addFormat('date-time', { type: 'string', validate: (text: string) => !Number.isNaN(Date.parse(text)) });
  ajv.addSchema({ ...document, $id: 'https://metaclaw.test/openapi.json' });
  return ajv;
}

const ajv = createValidator();

/** Whether a value is as the document says of a schema, by its name. */
export function validatorOf(name: keyof typeof document.components.schemas): (value: unknown) => boolean {
  const validate = ajv.compile({ $ref: `https://metaclaw.test/openapi.json#/components/schemas/${name}` });
  return (value) => validate(value) === true;
}
