/**
 * Secrets that are told by their shape. Every pattern begins with letters of its own behind a boundary and ends in
 * an open run, so that no text makes matching slower than linear.
 */

/** One row a shape: who issues it, and how it looks. Prefixes and lengths are those of the issuers' documentation. */
export const TOKEN_SHAPES: readonly { issuer: string; source: string }[] = [
  { issuer: 'AWS access key id', source: '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])' },
  { issuer: 'GitHub', source: 'gh[oprsu]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}' },
  { issuer: 'GitLab', source: 'gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-[\\w-]{16,}' },
  { issuer: 'Slack', source: 'xox[a-z](?:\\.xox[a-z])?-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}' },
  { issuer: 'Slack webhook', source: 'hooks\\.slack\\.com/(?:services|workflows)/[\\w/-]{8,}' },
  { issuer: 'Stripe', source: '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}' },
  { issuer: 'Google', source: 'AIza[\\w-]{30,}|ya29\\.[\\w-]{20,}|GOCSPX-[\\w-]{20,}' },
  { issuer: 'npm', source: 'npm_[A-Za-z0-9]{30,}' },
  { issuer: 'PyPI', source: 'pypi-[\\w-]{16,}' },
  { issuer: 'OpenAI, Anthropic and others', source: 'sk-[\\w-]{20,}' },
  { issuer: 'Hugging Face', source: 'hf_[A-Za-z0-9]{30,}' },
  { issuer: 'SendGrid', source: 'SG\\.[\\w-]{16,64}\\.[\\w-]{16,}' },
  { issuer: 'Twilio', source: 'SK[0-9a-f]{32}(?![A-Za-z0-9])' },
  { issuer: 'Mailgun', source: 'key-[0-9a-f]{32}(?![A-Za-z0-9])' },
  { issuer: 'DigitalOcean', source: 'do[opr]_v1_[a-f0-9]{32,}' },
  { issuer: 'Docker', source: 'dckr_(?:pat|oat)_[\\w-]{20,}' },
  { issuer: 'HashiCorp Vault', source: 'hv[bsr]\\.[\\w-]{20,}' },
  { issuer: 'Shopify', source: 'shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32,}' },
  { issuer: 'Atlassian', source: 'AT[AC]TT3[\\w=-]{20,}' },
  { issuer: 'Square', source: 'sq0[a-z]{3}-[\\w-]{20,}' },
  { issuer: 'Telegram', source: '[0-9]{8,10}:AA[\\w-]{32,}' },
  { issuer: 'Databricks', source: 'dapi[0-9a-f]{32}' },
  { issuer: 'Grafana', source: 'gl(?:c|sa)_[\\w+/=]{20,}' },
  { issuer: 'Tailscale', source: 'tskey-[\\w-]{16,}' },
  { issuer: 'age', source: 'AGE-SECRET-KEY-1[A-Z0-9]{20,}' },
];

/**
 * All shapes in one pass. The boundary (which may be an escape such as `%3D`) keeps a shape from being found within a
 * longer word, and lets a run of letters be tried from its start only.
 */
export const TOKENS = new RegExp(
  `(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))(?:${TOKEN_SHAPES.map((row) => row.source).join('|')})`,
  'g',
);

/** Where a JSON Web Token may be: the whole run, so that there is one try a run. */
export const DOTTED_RUN = /[\w.-]{12,}/g;

/** `Bearer abc`, `Basic dXNlcjpwYXNz`: the scheme, the space, what may be the credentials. */
export const AUTH_SCHEME =
  /(?<![A-Za-z0-9])(bearer|basic|digest|negotiate|ntlm|token|apikey)([ \t]{1,8})([A-Za-z0-9+/._~=-]{3,})/gi;

/** What follows `Bearer` in prose. */
export const BEARER_PROSE =
  /^(?:and|are|auth|authentication|authorization|credentials?|expired|format|from|header|invalid|is|missing|must|not|of|required|scheme|tokens?|type|was|with)[.]?$/i;

/** Header fields whose whole line is a secret. */
export const SECRET_HEADER = /^-?H?(?:proxy-)?(?:authorization|set-cookie2?|cookie)$/i;

/** Names that are secrets in a query only. */
export const SECRET_QUERY = /^sig$/i;

export const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
export const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** Values that say that there is no secret. They are shown: a password that is not set is worth knowing. */
export const NO_SECRET = /^(?:|true|false|null|undefined|none|nil|\*{3})$/i;
