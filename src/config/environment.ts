/** Which environment variables may be shown with their values. */
import { VARIABLES } from './option-table.js';

/** What stands for a value that is not shown. Not `***`: nobody said that it is a secret. */
export const HIDDEN = '(set)';

/** What stands for an empty value, shown or not. */
export const EMPTY = '(empty)';

/**
 * Variables that hold nothing worth hiding in any program known to us, and that explain how a Node process behaves.
 * A list of names and no patterns, because secrets have names such as NODE_AUTH_TOKEN, NODE_CONFIG and LOG_SINK_URL.
 */
export const HARMLESS_VARIABLES: ReadonlySet<string> = new Set([
  // Node and V8, libuv, OpenSSL
  'NODE_ENV',
  'NODE_PATH',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_NO_WARNINGS',
  'NODE_DISABLE_COLORS',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_PENDING_DEPRECATION',
  'NODE_PENDING_PIPE_INSTANCES',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_HISTORY',
  'NODE_SKIP_PLATFORM_CHECK',
  'NODE_TEST_CONTEXT',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
  'NODE_COMPILE_CACHE',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_CLUSTER_SCHED_POLICY',
  'NODE_UNIQUE_ID',
  'UV_THREADPOOL_SIZE',
  'UV_USE_IO_URING',
  'OPENSSL_CONF',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  // what runs the process: node-config, process managers, systemd, containers
  'NODE_APP_INSTANCE',
  'NODE_CONFIG_DIR',
  'NODE_CONFIG_ENV',
  'WEB_CONCURRENCY',
  'INVOCATION_ID',
  'JOURNAL_STREAM',
  'LISTEN_FDS',
  'LISTEN_PID',
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'KUBERNETES_SERVICE_HOST',
  'KUBERNETES_SERVICE_PORT',
  'POD_NAME',
  'POD_NAMESPACE',
  'npm_lifecycle_event',
  'npm_package_name',
  'npm_package_version',
  // the operating system and the session
  'TZ',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_COLLATE',
  'LC_CTYPE',
  'LC_MESSAGES',
  'LC_MONETARY',
  'LC_NUMERIC',
  'LC_TIME',
  'PATH',
  'PWD',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'SHLVL',
  'TERM',
  'COLORTERM',
  'NO_COLOR',
  'FORCE_COLOR',
  'TMPDIR',
  'TMP',
  'TEMP',
  'XDG_RUNTIME_DIR',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'MALLOC_ARENA_MAX',
  'CI',
  // what services are commonly told
  'HOST',
  'HOSTNAME',
  'PORT',
  'DEBUG',
  'LOG_LEVEL',
  // our own, except for the patterns: they may well spell out what they are to mask
  ...VARIABLES.filter((name) => name !== 'GURU_MASK_PATTERNS'),
]);

/**
 * Whether a variable's value may be shown: it is known to be harmless, or the user named it.
 *
 * @param named - exact names, and expressions that match anywhere in the name.
 */
export function shownVariables(named: readonly (string | RegExp)[]): (name: string) => boolean {
  const names = new Set(named.filter((entry) => typeof entry === 'string'));
  const patterns = named.filter((entry) => entry instanceof RegExp);
  return (name) =>
    HARMLESS_VARIABLES.has(name) || names.has(name) || patterns.some((pattern) => pattern.test(name));
}

/** Every variable by its name; the values of those that may be shown. */
export function describeEnvironment(
  env: NodeJS.ProcessEnv,
  isShown: (name: string) => boolean,
): Record<string, string> {
  const described = Object.keys(env)
    .sort()
    .map((name) => {
      const value = env[name] ?? '';
      return [name, value === '' ? EMPTY : isShown(name) ? value : HIDDEN] as const;
    });
  return Object.fromEntries(described);
}
