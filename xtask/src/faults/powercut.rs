//! `faults powercut`: the folder is on an ext4 image behind a loop device, and the image is a file on an
//! XFS that can copy it in one instant. The server is stopped, the image copied, the server killed, and
//! the next one starts on the copy: what the kernel had only in its page cache is lost, as it is when the
//! power fails.
//!
//! The disk that is played keeps whatever has reached it, flushed or not. A disk whose own cache is lost
//! too is not played.

use super::course::{self, Course};
use super::shim::Shim;
use super::{PowerCut, Synchronous};
use crate::client::process::{Server, Start, binary, folder};
use crate::test::Counts;
use crate::test::process::{Run, succeeds, target_folder};
use anyhow::Result;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const OUTER_BYTES: u64 = 1_500 << 20;
const INNER_BYTES: u64 = 320 << 20;
/// The journal is replayed by `verify` so often, and at the end.
const ROUNDS_PER_VERIFY: u64 = 5;

/// Two file systems in files, mounted; dropping it takes them down.
struct Disk {
    folder: PathBuf,
}

/// Runs all rounds, or says why it cannot.
pub fn run(cut: &PowerCut) -> Result<Counts> {
    let binary = binary(cut.load.binary.as_deref())?;
    let folder = folder(&target_folder()?, "faults-powercut")?;
    let disk = match Disk::mount(&folder) {
        Ok(disk) => disk,
        Err(error) => {
            fs::remove_dir_all(&folder)?;
            println!("SKIPPED: no power can be cut here: {error:#}");
            return Ok(Counts { skipped: cut.rounds, ..Counts::NONE });
        }
    };
    let start = Start { binary, data: disk.data(), core: None };
    let shim = Shim::build(&folder)?;
    let rounds = async {
        match cut.synchronous {
            Synchronous::Full => flushed(cut, &start, &disk).await,
            Synchronous::Normal => unflushed(cut, &start, &disk, &shim).await,
        }
    };
    let runtime = course::run(cut.load.seed, &start.data, rounds);
    drop(disk);
    if runtime.is_ok() {
        fs::remove_dir_all(&folder)?;
    }
    runtime
}

/// One cut after the other, each on what the one before has left: nothing may be lost.
async fn flushed(cut: &PowerCut, start: &Start, disk: &Disk) -> Result<Counts> {
    let mut course = Course::begin(start, cut.load.clients, cut.load.seed).await?;
    let mut counts = Counts::NONE;
    for nth in 1..=cut.rounds {
        let verify = nth == cut.rounds || nth % ROUNDS_PER_VERIFY == 0;
        let faults = round(&mut course, disk, verify).await?;
        course.print(&format!("cut {nth:>3}"), &faults);
        if !faults.is_empty() {
            // What comes after rests on what is broken.
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    println!("{} answers before {} cuts, none of them lost", course.told(), cut.rounds);
    Ok(counts)
}

/// The control: each cut begins with the same sound disk, and the log is not flushed. Enough of the cuts
/// must be noticed; one that hits a moment of rest cannot be.
async fn unflushed(cut: &PowerCut, start: &Start, disk: &Disk, shim: &Shim) -> Result<Counts> {
    let mut course = Course::begin(start, cut.load.clients, cut.load.seed).await?;
    let server = course.server.take();
    drop(server);
    disk.keep()?;
    course.environment = shim.unflushed();
    let (mut noticed, mut told) = (0, 0);
    for nth in 1..=cut.rounds {
        disk.bring_back()?;
        course.forget();
        course.restart().await?;
        let faults = course.come_back_and_compare().await?;
        anyhow::ensure!(faults.is_empty(), "the kept disk is not sound: {faults:?}");
        let faults = round(&mut course, disk, false).await?;
        told += course.told();
        noticed += u64::from(!faults.is_empty());
        let what = faults.first().map_or("nothing", String::as_str);
        println!("cut {nth:>3} without flushes: {} faults, such as: {what:.120}", faults.len());
        drop(course.server.take());
    }
    println!("control: {noticed} of {} cuts were noticed, after {told} answers", cut.rounds);
    let is_caught = 2 * noticed >= cut.rounds;
    Ok(if is_caught { Counts::PASSED } else { Counts::FAILED })
}

/// Works, cuts the power, starts on what the disk has, compares.
async fn round(course: &mut Course, disk: &Disk, verify: bool) -> Result<Vec<String>> {
    let moment = course.moment();
    let cut = course.work_until_gone(async |server| {
        tokio::time::sleep(moment).await;
        disk.cut(server).await
    });
    let ((), mut faults) = cut.await?;
    disk.swap("cut.img")?;
    if verify && let Err(error) = course.start.verify() {
        faults.push(error.to_string());
    }
    if let Err(error) = course.restart().await {
        // Only without flushes; what is there to see is nothing.
        faults.push(format!("the server does not start: {error:#}"));
        return Ok(faults);
    }
    faults.extend(course.come_back_and_compare().await?);
    Ok(faults)
}

impl Disk {
    fn mount(folder: &Path) -> Result<Disk> {
        for tool in ["mkfs.xfs", "mkfs.ext4"] {
            anyhow::ensure!(succeeds(tool, &["-V"]), "{tool} is missing");
        }
        let disk = Disk { folder: folder.to_owned() };
        for name in ["outer", "inner"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let outer = folder.join("outer.img");
        File::create(&outer)?.set_len(OUTER_BYTES)?;
        command("mkfs.xfs", &["-q", "-m", "reflink=1"], &[&outer])?;
        command("mount", &["-o", "loop"], &[&outer, &folder.join("outer")])?;
        let inner = disk.image("disk.img");
        File::create(&inner)?.set_len(INNER_BYTES)?;
        command("mkfs.ext4", &["-q", "-F"], &[&inner])?;
        disk.mount_inner()?;
        Ok(disk)
    }

    fn image(&self, name: &str) -> PathBuf {
        self.folder.join("outer").join(name)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("inner").join("data")
    }

    fn mount_inner(&self) -> Result<()> {
        let inner = self.folder.join("inner");
        command("mount", &["-o", "loop"], &[&self.image("disk.img"), &inner])
    }

    /// The instant of the cut: nobody is answered any more, and the disk is as it is.
    async fn cut(&self, server: Server) -> Result<()> {
        server.stop().await?;
        self.copy("disk.img", "cut.img")?;
        server.kill()
    }

    /// Goes on with another image.
    fn swap(&self, image: &str) -> Result<()> {
        command("umount", &[], &[&self.folder.join("inner")])?;
        fs::rename(self.image(image), self.image("disk.img"))?;
        self.mount_inner()
    }

    /// Keeps the disk as it is, all of it written.
    fn keep(&self) -> Result<()> {
        command("umount", &[], &[&self.folder.join("inner")])?;
        self.copy("disk.img", "kept.img")?;
        self.mount_inner()
    }

    /// Goes back to what was kept.
    fn bring_back(&self) -> Result<()> {
        self.copy("kept.img", "again.img")?;
        self.swap("again.img")
    }

    fn copy(&self, from: &str, to: &str) -> Result<()> {
        command("cp", &["--reflink=always"], &[&self.image(from), &self.image(to)])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for name in ["inner", "outer"] {
            // Not mounted, if mounting it is what failed.
            succeeds("umount", &[&self.folder.join(name).display().to_string()]);
        }
    }
}

fn command(program: &str, arguments: &[&str], paths: &[&Path]) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).args(paths);
    Run::of(command).must_succeed().map(drop)
}
