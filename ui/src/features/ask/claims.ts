/** Why a claim was judged as it was, in words: the server gives a code and what it saw, such as `figure_differs: 三十日 / 十五日`. */
import type { Claim } from '~/api/types'

type Say = (key: string, values?: Record<string, unknown>) => string

export function claimReason(claim: Pick<Claim, 'verdict' | 'why'>, t: Say): string {
  const found = /^([a-z_]+)(?::\s*([\s\S]*))?$/.exec(claim.why ?? '')
  if (!found) return claim.why || t(`ask:verdict.${claim.verdict}`)
  return t(`ask:why.${found[1]}`, { detail: found[2] ?? '', defaultValue: claim.why })
}
