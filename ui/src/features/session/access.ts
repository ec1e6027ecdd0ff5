/** Which places a user's actions open. The server decides; this only hides doors that would stay shut. */
import type { User } from '~/api/types'

export type Place = 'workbench' | 'hotline' | 'reviews' | 'corrections' | 'policies' | 'knowledge' | 'scenarios' | 'models' | 'security' | 'refusals' | 'switches' | 'audit' | 'system' | 'accounts'

const OPENED_BY: Record<Place, RegExp> = {
  workbench: /^ask$/,
  hotline: /^hotline\./,
  reviews: /^review\./,
  corrections: /^correction\./,
  policies: /^(enterprise|enterprise_policy)\./,
  knowledge: /^(collection|document)\./,
  scenarios: /^scenario\.build$/,
  models: /^model\./,
  security: /^(guard|policy|egress)\./,
  refusals: /^(review|policy)\.read$/,
  switches: /^switch\./,
  audit: /^audit\./,
  system: /^system\./,
  accounts: /^(account|role)\./,
}

export const PLACES = Object.keys(OPENED_BY) as Place[]

export const may = (user: User, action: RegExp) => user.actions.some((name) => action.test(name))

export const opens = (user: User, place: Place) => may(user, OPENED_BY[place])

export const firstPlace = (user: User): Place | null => PLACES.find((place) => opens(user, place)) ?? null
