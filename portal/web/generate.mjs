// Writes src/api/schema.d.ts, the types of every operation, from the API's contract. Part of build and check.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const contract = new URL('../openapi.json', import.meta.url)
writeFileSync(new URL('src/api/schema.d.ts', import.meta.url), astToString(await openapiTS(contract)))
