// The provider that the tests sign in at: oidc-provider with its own pages, in memory.
//
// The first line on standard input says what it is told, as JSON: the client, and the people with their
// groups. It prints its issuer, and then does what each further line says and prints the line again:
//   rotate            signs with a new key from now on, and lists no other
//   groups ID ...     says that somebody is in these groups

import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = JSON.parse((await lines.next()).value);
const people = new Map(Object.entries(told.people));

let keys = 0;
function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys += 1;
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${keys}`, use: 'sig', alg: 'RS256' };
}

let answer;
const server = createServer((request, response) => answer(request, response));
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

function start() {
  const provider = new Provider(issuer, {
    clients: [told.client],
    jwks: { keys: [newKey()] },
    cookies: { keys: ['for tests alone'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    conformIdTokenClaims: told.conform,
    features: { backchannelLogout: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: people.get(id)?.name, groups: people.get(id)?.groups }),
    }),
  });
  provider.on('server_error', (_, error) => console.error(error));
  provider.on('backchannel.error', (_, error) => console.error(error));
  answer = provider.callback();
}

start();
console.log(issuer);
for await (const line of lines) {
  const [what, id, ...groups] = line.split(' ');
  if (what === 'rotate') start();
  if (what === 'groups') people.get(id).groups = groups;
  console.log(line);
}
process.exit(0);
