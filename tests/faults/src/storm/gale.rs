//! Doing what the forecast says.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::forecast::{Deed, Entry, Forecast};
use super::weather::Weather;
use crate::proxy::Participant;
use crate::rig::{Recovery, Rig};

/// How often `recover` is called at the other host.
const TURNS: Duration = Duration::from_secs(2);

/// What was done.
#[derive(Default)]
pub struct Done {
    kills: usize,
    pauses: usize,
    cuts: usize,
    closings: usize,
    storms: usize,
}

/// Returns when the forecast's time is over and everything is back.
pub async fn blow(
    rig: &Arc<Rig>,
    weather: &Arc<Weather>,
    recovery: &Recovery,
    forecast: &Forecast,
    begun: Instant,
) -> Result<Done> {
    let mut deeds = JoinSet::new();
    let mut done = Done::default();
    for entry in forecast.entries.iter().copied() {
        done.count(entry.deed);
        let (rig, weather) = (Arc::clone(rig), Arc::clone(weather));
        deeds.spawn(async move {
            sleep_until(begun + entry.at).await;
            println!(
                "storm: {:>6.1} s  {} for {:.1} s",
                entry.at.as_secs_f32(),
                entry.deed,
                entry.lasting.as_secs_f32()
            );
            act(&rig, &weather, entry).await
        });
    }
    let end = begun + forecast.lasting;
    let mut place = 0;
    while Instant::now() < end {
        recovery.turn_to(place);
        place = 1 - place;
        tokio::select! {
            () = sleep(TURNS) => {}
            () = sleep_until(end) => {}
        }
    }
    while let Some(deed) = deeds.join_next().await {
        deed??;
    }
    bring_back(rig).await?;
    Ok(done)
}

async fn act(rig: &Rig, weather: &Weather, Entry { deed, lasting, .. }: Entry) -> Result<()> {
    match deed {
        Deed::KillHost(host) => {
            rig.hosts[host].kill().await?;
            sleep(lasting).await;
            rig.hosts[host].start().await
        }
        Deed::PauseHost(host) => {
            // A start that took long may have been overtaken by this.
            if !rig.hosts[host].is_running().await? {
                return Ok(());
            }
            rig.hosts[host].pause().await?;
            sleep(lasting).await;
            rig.hosts[host].go_on().await
        }
        Deed::CutPostgres => {
            rig.postgres.stop_immediately().await?;
            sleep(lasting).await;
            rig.postgres.start().await
        }
        Deed::CloseProxy(participant) => {
            rig.proxy(participant).close().await;
            sleep(lasting).await;
            // Whatever was kept comes back with it.
            rig.proxy(participant).deliver_all_kept().await;
            rig.proxy(participant).open().await
        }
        Deed::Storm(participant, percent) => {
            weather.set(participant, percent);
            sleep(lasting).await;
            weather.calm_down(participant);
            Ok(())
        }
    }
}

async fn bring_back(rig: &Rig) -> Result<()> {
    rig.postgres.start().await?;
    for host in &rig.hosts {
        host.start().await?;
    }
    for participant in Participant::ALL {
        rig.proxy(participant).open().await?;
    }
    Ok(())
}

impl Done {
    fn count(&mut self, deed: Deed) {
        *match deed {
            Deed::KillHost(_) => &mut self.kills,
            Deed::PauseHost(_) => &mut self.pauses,
            Deed::CutPostgres => &mut self.cuts,
            Deed::CloseProxy(_) => &mut self.closings,
            Deed::Storm(..) => &mut self.storms,
        } += 1;
    }

    /// In a few lines, with how many calls met a fault and how many arrived when all had ended.
    pub fn summary(&self, faults: usize, late: usize) -> String {
        format!(
            "what was done to it\n  {} kills of a host, {} pauses, {} cuts of PostgreSQL, {} participants out of reach, \
             {} storms\n  {faults} calls met a fault, {late} copies arrived after every saga had ended",
            self.kills, self.pauses, self.cuts, self.closings, self.storms
        )
    }
}
