const id = {
  type: 'object',
  properties: { id: { type: 'string', format: 'uuid' } },
};

export const idSchema = { params: id };

export const listSchema = {
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: { status: { enum: ['building', 'active', 'error'] } },
  },
};

export const buildSchema = {
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'image'],
    properties: {
      name: { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' },
      image: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
    },
  },
};

export const powerSchema = {
  params: id,
  body: {
    type: 'object',
    additionalProperties: false,
    required: ['state'],
    properties: { state: { enum: ['on', 'off'] } },
  },
};
