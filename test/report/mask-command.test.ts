import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMasker } from '#src/report/mask.js';

const masker = createMasker();

/** One argument a word, unless an array says otherwise. */
const CASES: [argv: string | string[], masked: string | string[]][] = [
  ['node x --password=a --port=1', 'node x --password=*** --port=1'],
  ['node x --password a --port 1', 'node x --password *** --port 1'],
  ['node x --api-key k --max-tokens 5', 'node x --api-key *** --max-tokens 5'],
  ['node x --password -Xa7Gh91k -v', 'node x --password *** -v'],
  ['node x --password -v', 'node x --password -v'],
  ['node x --password --verbose', 'node x --password --verbose'],
  ['node x --no-auth y --key-file /k.pem', 'node x --no-auth y --key-file /k.pem'],
  ['java -Dtoken=x -Ddb.password=y -Dn=1', 'java -Dtoken=*** -Ddb.password=*** -Dn=1'],
  ['app.exe /password:x /v', 'app.exe /password:*** /v'],
  [
    ['env', 'DB_PASS=a b;c', 'A=b', 'run'],
    ['env', 'DB_PASS=***', 'A=b', 'run'],
  ],
  ['mysql -uroot -psecret -p db', 'mysql -uroot -p*** -p db'],
  ['/usr/bin/mysqldump -psecret -P3306', '/usr/bin/mysqldump -p*** -P3306'],
  ['mysqld -p3306', 'mysqld -p3306'],
  ['sshpass -p pw ssh -p 22 h', 'sshpass -p *** ssh -p 22 h'],
  ['redis-cli -a pw -n 1', 'redis-cli -a *** -n 1'],
  ['sudo -u x ipmitool -H h -U admin -P pw', 'sudo -u x ipmitool -H h -U admin -P ***'],
  ['docker login -u u -p pw', 'docker login -u u -p ***'],
  ['docker run -p 80:80 --user 1:1 x', 'docker run -p 80:80 --user 1:1 x'],
  ['curl -u a:b -fsSu c:d -ue:f --user=g:h -x y', 'curl -u a:*** -fsSu c:*** -ue:*** --user=g:*** -x y'],
  ['curl http://u:p@h/?token=x&y=1', 'curl http://u:***@h/?token=***&y=1'],
  [
    ['curl', '-H', 'Authorization: Bearer z', '-H', 'Accept: a'],
    ['curl', '-H', 'Authorization: ***', '-H', 'Accept: a'],
  ],
  [
    ['curl', '-d', '{"password":"x","a":1}'],
    ['curl', '-d', '{"password":"***","a":1}'],
  ],
  ['aws configure set aws_secret_access_key Z', 'aws configure set aws_secret_access_key ***'],
  ['openssl enc -pass pass:x -in f', 'openssl enc -pass *** -in f'],
  [
    ['/bin/sh', '-c', "mysql -psecret db | curl -u 'a:b' x; echo done"],
    ['/bin/sh', '-c', 'mysql -p*** db | curl -u a:*** x; echo done'],
  ],
  [
    ['ssh', 'h', `sh -c 'PGPASSWORD=x mysql -p"a b"'`],
    ['ssh', 'h', "sh -c 'PGPASSWORD=*** mysql -p***'"],
  ],
  [['nginx: master process /usr/sbin/nginx'], ['nginx: master process /usr/sbin/nginx']],
  [['[kworker/0:1]'], ['[kworker/0:1]']],
  [[], []],
];

for (const [argv, masked] of CASES) {
  const list = (it: string | string[]): string[] => (typeof it === 'string' ? it.split(' ') : it);
  test(`command: ${list(argv).join(' ')}`, () => {
    assert.deepEqual(masker.command(list(argv)), list(masked));
    assert.deepEqual(masker.command(list(masked)), list(masked), 'masking again changes nothing');
  });
}

test('what is not masked in a shell text keeps its quotes and spaces', () => {
  const text = `sh -c  "echo  'it''s'  && mysql   -psecret  \\"x\\"" ;  don't`;
  assert.equal(masker.text(text), text.replace('secret', '***'));
});
