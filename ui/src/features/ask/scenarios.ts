/** The scenarios the caller may use, in the chosen language. */
import { useQuery } from '@tanstack/react-query'
import { get } from '~/api/client'
import type { Scenario } from '~/api/types'
import { language } from '~/i18n'

export function useScenarios() {
  return useQuery({
    queryKey: ['scenarios'],
    queryFn: ({ signal }) => get<{ items: Scenario[] }>('/scenarios', signal),
    select: (page) => page.items,
    // What is switched off shows within a minute; the server itself stops at once.
    staleTime: 30_000,
    refetchInterval: 60_000,
  })
}

export function scenarioWords(scenario: Scenario) {
  const english = language() === 'en'
  return {
    title: (english && scenario.title_en) || scenario.title,
    description: (english && scenario.description_en) || scenario.description,
    examples: english && scenario.examples_en?.length ? scenario.examples_en : scenario.examples,
  }
}

export const modelName = (model: { name: string; name_en?: string }) => (language() === 'en' && model.name_en) || model.name
