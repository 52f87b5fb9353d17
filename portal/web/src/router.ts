import { createRouter, createWebHistory } from 'vue-router'

import { i18n } from './messages'
import { pause } from './patience'
import { me, recall, trouble } from './session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', component: () => import('./pages/Login.vue'), meta: { open: true } },
    { path: '/', component: () => import('./pages/Overview.vue') },
    { path: '/instruments', component: () => import('./pages/Instruments.vue') },
    { path: '/instruments/new', component: () => import('./pages/Register.vue') },
    { path: '/instruments/:id(\\d+)', component: () => import('./pages/Instrument.vue') },
    { path: '/runs', component: () => import('./pages/Runs.vue') },
    { path: '/runs/new', component: () => import('./pages/StartRun.vue') },
    { path: '/runs/:id(\\d+)', component: () => import('./pages/Run.vue') },
    { path: '/plans', component: () => import('./pages/Plans.vue') },
    { path: '/estimates', component: () => import('./pages/Estimates.vue') },
    { path: '/estimates/:id(\\d+)', component: () => import('./pages/Estimate.vue') },
    { path: '/procedures', component: () => import('./pages/Procedures.vue') },
    { path: '/procedures/:sha256', component: () => import('./pages/Procedure.vue') },
    { path: '/audit', component: () => import('./pages/Audit.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!me.value) await recall()
  return me.value ? true : { path: '/login', query: { to: to.fullPath } }
})

/**
 * A page is a file of its own: without the server, or after an upgrade of it, that file cannot be had. A browser does
 * not ask twice for one that failed, so the page is opened anew once the server answers.
 */
router.onError(async (failure: Error, to) => {
  if (!/module|preload/i.test(failure.message)) throw failure
  trouble.value = i18n.global.t('error.unreachable')
  for (let tries = 0; ; tries++) {
    await pause(tries)
    const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => null)
    if (answer?.ok) return location.assign(to.fullPath)
  }
})
