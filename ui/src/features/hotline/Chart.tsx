/** A picture by ECharts, with only the parts that the hotline needs; it follows the size of its box. */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, TooltipComponent, LabelLayout, CanvasRenderer])

export function Chart({ option, height, label, onPick }: { option: object; height: number; label: string; onPick?: (name: string) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const pick = useRef(onPick)
  pick.current = onPick
  useEffect(() => {
    if (!box.current) return
    const chart = echarts.init(box.current)
    chart.setOption({ animation: false, ...option })
    chart.on('click', (event) => pick.current?.(String(event.name)))
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(box.current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [option])
  return <div ref={box} style={{ height }} role="img" aria-label={label} />
}
